"""What all tabs share: page, languages, visitors, theme, HTML."""
