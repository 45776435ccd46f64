"""What nano hears in training: synthetic speech, sound events, rooms, microphones and noise. Waveforms are float32, 16 kHz, mono."""
