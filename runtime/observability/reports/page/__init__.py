"""A report as one page of HTML, with its pictures: no script, and nothing from elsewhere."""
