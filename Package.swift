// swift-tools-version: 6.2
import PackageDescription

/// Strict by default: imports are private unless a public signature needs them, and every file names the modules it uses.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// The commit that `--version` prints: scripts/commit says it, in the scripts that build. Without it an archive of git knows its own.
let commit = Context.environment["MMAGENT_COMMIT"] ?? ""

let package = Package(
    name: "mmagent",
    products: [
        .executable(name: "mmagentd", targets: ["mmagentd"]),
        .executable(name: "mmagentctl", targets: ["mmagentctl"]),
        .executable(name: "mmagent-model", targets: ["mmagent-model"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries: module maps and thin shims only.
        system("CALSA", "alsa", apt: "libasound2-dev"),
        system("CV4L2", "libv4lconvert", apt: "libv4l-dev"),
        system("CSystemd", "libsystemd", apt: "libsystemd-dev"),
        system("COpenBLAS", "openblas", apt: "libopenblas-dev"),
        system("CTurboJPEG", "libturbojpeg", apt: "libturbojpeg0-dev"),
        system("CPNG", "libpng", apt: "libpng-dev"),

        // The arithmetic: always optimised, so that debug builds of the rest stay usable.
        .target(
            name: "CKernels",
            cSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-O3", "-Wall", "-Wextra", "-fno-math-errno", "-fno-trapping-math"])]),

        // toml++ behind a C function that returns whatever the text is.
        .target(name: "CTOML", cxxSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra"])]),

        // How numbers are written for people.
        module("Figures"),

        // Files and folders of others, opened with care.
        module("Files"),

        // Media in.
        module("Media"),
        module("ImageFiles", ["Files", "Media", "CTurboJPEG", "CPNG"]),
        module("Capture", ["Figures", "Files", "Media", "ImageFiles", "CALSA", "CV4L2"]),

        // The model.
        module("Tensors", ["CKernels", "COpenBLAS"]),
        // Mapped files that change under their reader.
        .target(
            name: "CMapping",
            cSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wno-nullability-extension"])]),
        module("Checkpoint", ["Figures", "Files", "Tensors", "CMapping"]),
        module("Layers", ["Tensors", "Checkpoint"]),
        module("AudioEncoder", ["Media", "Tensors", "Checkpoint", "Layers"]),
        module("VisionEncoder", ["Media", "Tensors", "Checkpoint", "Layers"]),
        module("Decoder", ["Figures", "Tensors", "Checkpoint", "Layers"]),
        module("Match", ["Tensors", "Checkpoint", "Layers", "Decoder"]),
        module("Interleaver", ["Media"]),
        // What may be generated: schema, automaton, token mask.
        module("Constraint", ["Checkpoint"]),

        // Functions that clients run: what is declared, and what waits for a response.
        module("Tools", ["AgentProtocol", "Constraint"]),

        // Whether a model directory is what somebody signed.
        module("ModelSignature", ["Files", crypto]),

        // The stream and its clients.
        module("AgentProtocol", ["Figures"]),
        module(
            "AgentSocket",
            [
                "AgentProtocol", crypto, logging, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
            ] + nio),
        module(
            "Session",
            [
                "Media", "Tensors", "Checkpoint", "AudioEncoder", "VisionEncoder", "Decoder", "Interleaver", "AgentProtocol", "Constraint",
                "Tools",
            ]),
        module(
            "AgentDaemon",
            [
                "Figures", "Files", "Media", "ImageFiles", "Capture", "Tensors", "Checkpoint", "AudioEncoder", "VisionEncoder", "Decoder",
                "Interleaver", "Session", "AgentProtocol", "AgentSocket", "ModelSignature", "CSystemd", "CTOML", logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // What `mmagentctl doctor` finds: reads and probes, changes nothing.
        module(
            "Diagnosis",
            ["AgentDaemon", "AgentProtocol", "AgentSocket", "Capture", "Checkpoint", "Figures", "Session", "Tensors"]),

        // What mmagent-model does, as a library so that tests can call it.
        module(
            "ModelTools",
            [
                "Media", "ImageFiles", "Capture", "Tensors", "Checkpoint", "AudioEncoder", "VisionEncoder", "Decoder", "Match",
                "Interleaver", "Session", "AgentProtocol", "AgentSocket", "AgentDaemon", "Tools",
            ]),

        // The programs, and what changes in them with each commit.
        .target(
            name: "CProduct",
            cSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wno-nullability-extension"])]
                + (commit.isEmpty ? [] : [.define("MMAGENT_COMMIT", to: "\"\(commit)\"")])),
        .executableTarget(
            name: "mmagentd", dependencies: ["CProduct", "AgentDaemon", "AgentProtocol", "Tensors", arguments, logging],
            swiftSettings: strict),
        .executableTarget(
            name: "mmagentctl",
            dependencies: ["CProduct", "AgentProtocol", "AgentSocket", "Capture", "Diagnosis", "Figures", "Files", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "mmagent-model",
            dependencies: ["CProduct", "AgentProtocol", "Figures", "ModelTools", "ModelSignature", "Tensors", "Checkpoint", arguments],
            swiftSettings: strict),

        // A tool of the virtual machine's scenarios; no part of the package.
        .executableTarget(name: "capture-probe", dependencies: ["Capture", "Media"], path: "Tests/vm/CaptureProbe", swiftSettings: strict),

        // What masking a step costs; no part of the package either.
        .executableTarget(name: "constraint-bench", dependencies: ["Constraint"], path: "Tests/constraint/Bench", swiftSettings: strict),

        // One test target a module; ParityTests compare with the reference implementation, NanoTests ask the shipped
        // model, DaemonTests run the whole daemon.
        tests("FiguresTests", ["Figures"]),
        tests("FilesTests", ["Files"]),
        tests("MediaTests", ["Media"]),
        tests("CaptureTests", ["Capture", "ImageFiles", "Media"]),
        tests("TensorsTests", ["Tensors", "CKernels"]),
        tests("CheckpointTests", ["Checkpoint", "Tensors"]),
        tests("LayersTests", ["Layers", "Checkpoint", "Tensors"]),
        tests("AudioEncoderTests", ["AudioEncoder", "Media", "Tensors", "Checkpoint", "Layers"]),
        tests("VisionEncoderTests", ["VisionEncoder", "Media", "Tensors", "Checkpoint", "Layers"]),
        tests("DecoderTests", ["Decoder", "Tensors", "Checkpoint", "Layers"]),
        tests("ModelSignatureTests", ["ModelSignature", crypto]),
        tests("MatchTests", ["Match", "Decoder", "Tensors", "Checkpoint"]),
        tests("InterleaverTests", ["Interleaver", "Media"]),
        tests("ConstraintTests", ["Constraint", "Checkpoint"]),
        tests("ToolsTests", ["Tools", "AgentProtocol", "Constraint"]),
        tests(
            "SessionTests",
            [
                "Session", "Media", "ImageFiles", "Tensors", "Checkpoint", "AudioEncoder", "VisionEncoder", "Decoder", "Interleaver",
                "AgentProtocol", "Tools", "Constraint",
            ]),
        tests("AgentProtocolTests", ["AgentProtocol"]),
        tests("AgentSocketTests", ["AgentSocket", "AgentProtocol", .product(name: "NIOSSL", package: "swift-nio-ssl")] + nio),
        tests("ModelToolsTests", ["ModelTools", "AgentProtocol", "Capture", "Checkpoint", "ImageFiles", "Media", "Session", "Tensors"]),
        tests("ParityTests", ["ModelTools", "AudioEncoder", "VisionEncoder", "Decoder", "Tensors", "Checkpoint", "Layers", "Media"]),
        tests("NanoTests", ["ModelTools", "Session", "Tensors"]),
        tests("DiagnosisTests", ["Diagnosis", "AgentDaemon", "AgentProtocol", "Capture", logging]),
        tests(
            "DaemonTests",
            [
                "AgentDaemon", "AgentProtocol", "AgentSocket", "Checkpoint", "Interleaver", "Session", "Capture", "Media", "ImageFiles",
                "ModelSignature", "Tensors", "Tools",
            ]),
    ],
    cxxLanguageStandard: .cxx17
)
