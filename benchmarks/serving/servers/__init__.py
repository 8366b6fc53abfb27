"""Servers that nbforge is measured beside, each as its documentation writes it."""
