"""What a preview says, as Markdown for the people who review a change."""
