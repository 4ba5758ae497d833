"""Files to catalogues: read, map, infer a schema, report row by row."""
