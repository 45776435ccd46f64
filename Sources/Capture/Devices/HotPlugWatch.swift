import Glibc

/// Becomes readable when a device node appears or gets its permissions: inotify on the folders where the kernel and udev put
/// them. It needs no udev, no netlink socket, and works inside a service's sandbox.
final class HotPlugWatch {
    /// Where sound cards and cameras appear. /dev itself tells of a folder that is made later.
    static let folders = ["/dev", "/dev/snd", "/dev/v4l/by-id", "/dev/v4l/by-path"]
    /// Between a node's appearance and its permissions udev takes some milliseconds; the change of permissions is an event, too.
    static let settling = 0.03

    /// -1 when the kernel gives none: then only the ladder of retries is left.
    let descriptor: Int32

    init(folders: [String]) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return }
        for folder in folders { inotify_add_watch(descriptor, folder, UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB)) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes what came. - Returns: whether any of it can be a camera or a sound card.
    func sawDevice() -> Bool {
        let room = 4096
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: MemoryLayout<inotify_event>.alignment)
        defer { buffer.deallocate() }
        var isDevice = false
        while true {
            let count = read(descriptor, buffer.baseAddress!, room)
            guard count > 0 else { return isDevice }
            var at = 0
            while at + MemoryLayout<inotify_event>.size <= count {
                let event = buffer.load(fromByteOffset: at, as: inotify_event.self)
                let name = buffer.baseAddress!.advanced(by: at + MemoryLayout<inotify_event>.size)
                if event.len > 0 {
                    let text = String(cString: name.assumingMemoryBound(to: CChar.self))
                    isDevice = isDevice || Self.isDevice(text)
                }
                at += MemoryLayout<inotify_event>.size + Int(event.len)
            }
        }
    }

    /// In /dev: video0, snd, v4l; in /dev/snd: pcmC0D0c, controlC0; in by-id and by-path: names with "video".
    static func isDevice(_ name: String) -> Bool {
        name.contains("video") || name == "snd" || name == "v4l" || name.hasPrefix("by-") || name.hasPrefix("pcm")
            || name.hasPrefix("control")
    }
}
