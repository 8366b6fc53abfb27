"""Whether live traffic still looks like training: windows of rows, and the statistics that judge them."""
