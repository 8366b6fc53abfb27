"""Building, proving, tagging and pushing with a Docker engine. The Docker SDK is used only here."""

from nbforge.images.docker.builder import DockerBuilder, present, split_ref
from nbforge.images.docker.containers import Running, run_container
from nbforge.images.docker.preflight import base_layer, preflight

__all__ = ["DockerBuilder", "Running", "base_layer", "preflight", "present", "run_container", "split_ref"]
