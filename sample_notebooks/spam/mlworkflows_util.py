"""What the notebooks of this workshop share."""

import os
import pickle


def serialize_to(obj, default_filename):
    """Pickle ``obj`` where the pipeline builder wants it, or into ``default_filename`` when a person runs the notebook."""
    filename = os.environ.get("S2I_PIPELINE_STAGE_SAVE_FILE", default_filename)
    with open(filename, "wb") as f:
        pickle.dump(obj, f)
