"""One verb a file; a file that is here is a verb."""
