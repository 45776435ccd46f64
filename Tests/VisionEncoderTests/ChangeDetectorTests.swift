import Media
import Testing
import VisionEncoder

@Suite struct ChangeDetectorTests {
    /// 144x96 pixels: 9x6 patches.
    static func plan() throws -> ResizePlan { try ResizePlan(width: 144, height: 96, softTokens: 6) }

    /// A sensor's noise on a scene at rest is no change, frame after frame, whatever its level.
    @Test(arguments: [0, 1, 2, 4] as [Float])
    func noiseIsNoChange(deviation: Float) throws {
        let plan = try Self.plan()
        let scene = Scene.texture(width: plan.width, height: plan.height)
        var generator = Generator(seed: 11)
        var detector = ChangeDetector(gate: .camera)
        #expect(detector.observe(Scene.noisy(scene, deviation: deviation, &generator), plan: plan).count == plan.patchCount)
        detector.acceptAll()
        for frame in 0..<200 {
            let changed = detector.observe(Scene.noisy(scene, deviation: deviation, &generator), plan: plan)
            #expect(changed.isEmpty, "frame \(frame)")
        }
        // Two frames' means of 16 pixels differ by sqrt(2) deviation / 4, whose mean absolute value is 0.8 of that.
        let expected = max(0.4, 0.8 * 1.414 * Double(deviation) / 4)
        #expect(abs(Double(detector.noise ?? 0) - expected) < 0.15 * expected + 0.05 || deviation == 0)
    }

    /// One patch's worth of an object is found in the frame it appears in, and again when it leaves.
    @Test(arguments: [0, 1, 2, 4] as [Float])
    func anObjectOfOnePatchIsFound(deviation: Float) throws {
        let plan = try Self.plan()
        let scene = Scene.texture(width: plan.width, height: plan.height)
        let object = Scene.square(scene, x: 80, y: 64, width: 16, height: 16)
        var generator = Generator(seed: 5)
        var detector = ChangeDetector(gate: .camera)
        _ = detector.observe(Scene.noisy(scene, deviation: deviation, &generator), plan: plan)
        detector.acceptAll()
        for _ in 0..<30 { _ = detector.observe(Scene.noisy(scene, deviation: deviation, &generator), plan: plan) }
        let expected = [4 * plan.patchColumns + 5]
        #expect(detector.observe(Scene.noisy(object, deviation: deviation, &generator), plan: plan) == expected)
        detector.accept(expected)
        #expect(detector.observe(Scene.noisy(object, deviation: deviation, &generator), plan: plan).isEmpty)
        #expect(detector.observe(Scene.noisy(scene, deviation: deviation, &generator), plan: plan) == expected)
    }

    /// A thing of 6x6 pixels, a seventh of a patch, stands out in its block.
    @Test func aSmallObjectIsFoundInNoise() throws {
        let plan = try Self.plan()
        let scene = Scene.texture(width: plan.width, height: plan.height)
        var generator = Generator(seed: 9)
        var detector = ChangeDetector(gate: .camera)
        for frame in 0..<20 {
            _ = detector.observe(Scene.noisy(scene, deviation: 2, &generator), plan: plan)
            if frame == 0 { detector.acceptAll() }
        }
        let object = Scene.square(scene, x: 33, y: 34, width: 6, height: 6)
        #expect(detector.observe(Scene.noisy(object, deviation: 2, &generator), plan: plan) == [2 * plan.patchColumns + 2])
    }

    /// 0.05 levels a frame is invisible from frame to frame; against the last encoded frame it adds up.
    @Test func slowBrighteningIsNoticed() throws {
        let plan = try Self.plan()
        var generator = Generator(seed: 3)
        var detector = ChangeDetector(gate: .camera)
        var noticed: Int?
        for frame in 0..<400 where noticed == nil {
            let scene = Scene.texture(width: plan.width, height: plan.height, brightness: 0.05 * Double(frame))
            let changed = detector.observe(Scene.noisy(scene, deviation: 1, &generator), plan: plan)
            if frame == 0 { detector.acceptAll() } else if changed.count > plan.patchCount / 2 { noticed = frame }
        }
        #expect(noticed != nil)
        #expect((noticed ?? 0) > 10)
    }

    /// A picture that changes altogether is found, and does not pass for noise.
    @Test func aSceneCutIsFoundAndDoesNotBlind() throws {
        let plan = try Self.plan()
        let first = Scene.texture(width: plan.width, height: plan.height)
        let second = BicubicResamplerTests.picture(plan.width, plan.height)
        var detector = ChangeDetector(gate: .camera)
        var generator = Generator(seed: 21)
        for _ in 0..<10 {
            _ = detector.observe(Scene.noisy(first, deviation: 1, &generator), plan: plan)
            detector.acceptAll()
        }
        let before = try #require(detector.noise)
        #expect(detector.observe(second, plan: plan).count > plan.patchCount * 9 / 10)
        detector.acceptAll()
        #expect(try #require(detector.noise) < before * 1.1)
    }

    @Test func theExactGateSeesOneByte() throws {
        let plan = try Self.plan()
        var image = Scene.texture(width: plan.width, height: plan.height)
        var detector = ChangeDetector(gate: .anyDifference)
        #expect(detector.observe(image, plan: plan).count == plan.patchCount)
        detector.acceptAll()
        #expect(detector.observe(image, plan: plan).isEmpty)
        image.pixels[3 * (plan.width * 50 + 100) + 1] ^= 1
        let expected = [3 * plan.patchColumns + 6]
        #expect(detector.observe(image, plan: plan) == expected)
        #expect(detector.observe(image, plan: plan) == expected)
        detector.accept(expected)
        #expect(detector.observe(image, plan: plan).isEmpty)
    }

    @Test func anotherSizeStartsAfresh() throws {
        var detector = ChangeDetector(gate: .camera)
        let small = try ResizePlan(width: 96, height: 96, softTokens: 4)
        let large = try Self.plan()
        _ = detector.observe(Scene.texture(width: small.width, height: small.height), plan: small)
        detector.acceptAll()
        #expect(detector.observe(Scene.texture(width: large.width, height: large.height), plan: large).count == large.patchCount)
    }
}
