/// The marker segments before a JPEG's first scan (ITU-T T.81, annex B), as far as they are sound.
package struct JPEGSegments: Sequence {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A segment: its marker's second byte, and what follows its length.
    package func makeIterator() -> AnyIterator<(marker: UInt8, body: ArraySlice<UInt8>)> {
        var at = 2
        return AnyIterator {
            while at + 1 < bytes.count, bytes[at] == 0xFF, bytes[at + 1] == 0xFF { at += 1 }  // fill bytes
            guard at + 4 <= bytes.count, bytes[at] == 0xFF, bytes[at + 1] != 0xDA, bytes[at + 1] != 0xD9 else { return nil }
            let marker = bytes[at + 1]
            let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
            let (start, end) = (at + 4, at + 2 + length)
            guard length >= 2, end <= bytes.count else { return nil }
            at = end
            return (marker, bytes[start..<end])
        }
    }

    /// Of the frame header; nil without one.
    package var size: (width: Int, height: Int)? {
        let frame = first { (0xC0...0xCF).contains($0.marker) && ![0xC4, 0xC8, 0xCC].contains($0.marker) && $0.body.count >= 5 }
        guard let body = frame?.body.map(Int.init) else { return nil }
        return (width: body[3] << 8 | body[4], height: body[1] << 8 | body[2])
    }

    /// How many scans the picture is divided into: a decoder passes over all of it once for each. Counted up to `most`.
    package func scans(upTo most: Int) -> Int {
        var (at, count) = (2, 0)
        while count < most, let mark = bytes[Swift.min(at, bytes.count)...].firstIndex(of: 0xFF), mark + 1 < bytes.count {
            at = mark + 1
            switch bytes[at] {
            case 0xD9: return count
            // Stuffing, fill bytes and restarts stand within a scan's data.
            case 0x00, 0x01, 0xFF, 0xD0...0xD8: continue
            case let marker:
                guard at + 2 < bytes.count else { return count }
                if marker == 0xDA { count += 1 }
                at += 1 + (Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]))
            }
        }
        return count
    }

    var hasAdobeMark: Bool { contains { $0.marker == 0xEE && $0.body.starts(with: "Adobe".utf8) } }

    /// CIPA DC-007: the file holds further pictures after this one that belong to it (a preview, a gain map, another eye).
    package var announcesFurtherPictures: Bool { contains { $0.marker == 0xE2 && $0.body.starts(with: "MPF\0".utf8) } }

    /// The TIFF structure of the EXIF data.
    var exif: ArraySlice<UInt8>? {
        first { $0.marker == 0xE1 && $0.body.starts(with: "Exif\0".utf8) && $0.body.count > 6 }?.body.dropFirst(6)
    }
}
