/// The power of the background in each band, by minimum statistics: the least smoothed power of the last 4 s (Martin 2001,
/// "Noise power spectral density estimation based on optimal smoothing and minimum statistics").
///
/// Speech pauses for a moment at least every few seconds, so its level does not become the floor; a sound that goes on
/// unchanged for 4 s does. In steady noise the smoothed power stays below 10 dB over this floor in the narrowest band and
/// below 5 dB in those above 1 kHz.
struct NoiseFloor: Sendable {
    private static let hopsPerPart = 50
    private static let parts = 7
    /// A weight of 0.7 for the past: 28 ms.
    private static let smoothing = 0.7
    /// Until half a second has been heard the background counts as no louder than this in a band (-69 dB of full scale),
    /// so that speech which opens a stream is not taken for it.
    private static let assumedAtStart = 1.25e-7
    /// What digital silence counts as: -90 dB of full scale in a band.
    private static let least = 1e-9

    /// The last 28 ms.
    private(set) var smoothed: [Double] = []
    private var minimumOfPart: [Double] = []
    private var minimaOfParts: [[Double]] = []
    private var minimumOfParts: [Double] = []
    private var hopsInPart = 0

    /// Powers of the background, after `update`.
    private(set) var floor: [Double] = []

    mutating func update(_ bands: [Double]) {
        if smoothed.isEmpty {
            smoothed = bands
        } else {
            for band in bands.indices { smoothed[band] = Self.smoothing * smoothed[band] + (1 - Self.smoothing) * bands[band] }
        }
        minimumOfPart = hopsInPart == 0 ? smoothed : zip(minimumOfPart, smoothed).map(min)
        hopsInPart += 1
        floor = minimumOfPart
        for band in bands.indices {
            floor[band] = max(Self.least, min(floor[band], minimaOfParts.isEmpty ? Self.assumedAtStart : minimumOfParts[band]))
        }
        if hopsInPart == Self.hopsPerPart {
            minimaOfParts.append(minimumOfPart)
            if minimaOfParts.count > Self.parts { minimaOfParts.removeFirst() }
            minimumOfParts = minimaOfParts.dropFirst().reduce(minimaOfParts[0]) { zip($0, $1).map(min) }
            hopsInPart = 0
        }
    }
}
