import CALSA

/// The switch in a sound card's mixer that lets its microphone through: a hardware key, `alsamixer`, or a desktop's mute button
/// turn it off, and the card then gives silence.
final class CaptureSwitch {
    private let mixer: OpaquePointer
    let card: Int

    /// nil for a card without such a switch, and for what is no card (plugins, files).
    init?(card: Int) {
        guard card >= 0 else { return nil }
        var opened: OpaquePointer?
        guard snd_mixer_open(&opened, 0) == 0, let mixer = opened else { return nil }
        guard snd_mixer_attach(mixer, "hw:\(card)") == 0, snd_mixer_selem_register(mixer, nil, nil) == 0, snd_mixer_load(mixer) == 0,
            Self.element(of: mixer) != nil
        else {
            snd_mixer_close(mixer)
            return nil
        }
        self.mixer = mixer
        self.card = card
    }

    deinit { snd_mixer_close(mixer) }

    /// The element "Capture" is the one that all inputs go through; single inputs have switches of their own, which choose.
    private static func element(of mixer: OpaquePointer) -> OpaquePointer? {
        var element = snd_mixer_first_elem(mixer)
        while let current = element {
            if String(cString: snd_mixer_selem_get_name(current)) == "Capture", snd_mixer_selem_has_capture_switch(current) != 0 {
                return current
            }
            element = snd_mixer_elem_next(current)
        }
        return nil
    }

    var isOff: Bool {
        // Events may take the element away, with its driver's: libasound ends the process that asks one that is gone.
        snd_mixer_handle_events(mixer)
        var value: Int32 = 1
        guard let element = Self.element(of: mixer), snd_mixer_selem_get_capture_switch(element, SND_MIXER_SCHN_FRONT_LEFT, &value) == 0
        else { return false }
        return value == 0
    }
}
