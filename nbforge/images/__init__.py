"""From a proven bundle to an image: the plan, and what builds it. Only :mod:`nbforge.images.docker` knows an engine."""
