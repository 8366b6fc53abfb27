"""Stands for a library of the environment that looks as if it only asked, and changes what it is given."""


def summary(frame):
    frame["size"] = frame["size"] * 2
    return {"rows": len(frame)}
