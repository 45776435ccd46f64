"""Things and voices that no renderer of ours made, for evaluation only: fetched when they are asked for, never shipped and never trained on."""
