"""The version of the bundle's layout, one integer.

To bump it: keep the reader of the old number in ``runtime/``, add a bundle written by the last release to
``tests/bundles/``, and only then change ``PROTOCOL``. A service reads its own number and the ones before it.
"""

PROTOCOL = 1
