"""Bytes to Documents: text, web page, PDF, office file, table, database, scan, image, mail, archive."""
