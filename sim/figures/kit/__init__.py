"""What the figures share: sheets, panels, ink, type, words."""
