"""One prompt for every generator; a new generator is registered here."""
