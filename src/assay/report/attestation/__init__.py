"""What somebody can vouch for: in-toto statements about a report, signed or not, and whether they hold."""
