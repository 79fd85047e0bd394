"""Small applications that the documents quote and the tests run."""
