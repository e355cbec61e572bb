"""What users hold in their hands: datasets, detections, models, comparisons, and their verbs."""
