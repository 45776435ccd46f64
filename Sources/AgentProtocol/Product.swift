/// The release that the three programs are of; the newest one of CHANGELOG.md.
public enum Product {
    public static let version = "0.1"

    /// What `--version` prints: `mmagentd 0.1 (ed95094a76f7)`; `mmagentd 0.1` where the commit is not known.
    /// - Parameter commit: 40 hexadecimal digits and what else is to be said of it, as `, changed`; or nothing.
    public static func title(_ program: String, commit: String) -> String {
        // Twelve digits are enough to find a commit by, and for a person to compare.
        let shown = commit.prefix(12) + commit.dropFirst(40)
        return shown.isEmpty ? "\(program) \(version)" : "\(program) \(version) (\(shown))"
    }
}
