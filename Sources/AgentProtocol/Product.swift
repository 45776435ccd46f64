/// The release that the three programs are of; the newest one of CHANGELOG.md.
public enum Product {
    public static let version = "0.1"
}
