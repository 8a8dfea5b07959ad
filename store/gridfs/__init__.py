"""Files in the database, in the layout of GridFS."""
