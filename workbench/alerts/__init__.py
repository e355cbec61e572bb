"""Who is told of what, once, and what people did about it: rules, incidents, channels."""
