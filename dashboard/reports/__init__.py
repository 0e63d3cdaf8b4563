"""Papers that are drafted from the record: what stands in them (blocks), and each as a file."""
