"""Why a row stands out: what each feature adds, what was expected, in one sentence."""
