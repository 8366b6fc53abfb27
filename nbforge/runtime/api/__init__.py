"""The routes, a group a file: a group lists its endpoints, :mod:`nbforge.runtime.service` names the groups."""
