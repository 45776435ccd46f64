"""What scenarios are made of: commands, the daemon, its events, the camera and the microphone of the guest."""
