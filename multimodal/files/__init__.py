"""From a path, a zip or an upload to decoded pictures, and back to the original files."""
