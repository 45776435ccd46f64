import Testing
import VisionEncoder

@Suite struct ResizePlanTests {
    /// Width, height, budget, and the size that `get_aspect_ratio_preserving_size` of transformers 5.23 gives for them.
    static let reference = [
        (1920, 1080, 70, 528, 288), (1920, 1080, 140, 720, 384), (1920, 1080, 280, 1056, 576), (1920, 1080, 560, 1488, 816),
        (1920, 1080, 1120, 2112, 1200), (640, 480, 70, 432, 336), (640, 480, 280, 912, 672), (640, 480, 1120, 1824, 1344),
        (500, 500, 70, 384, 384), (500, 500, 1120, 1584, 1584), (640, 480, 30, 288, 192), (640, 480, 1, 48, 48), (1, 1, 1, 48, 48),
        (1, 1, 70, 384, 384), (1, 7, 70, 144, 1056), (1, 100, 70, 48, 3360), (1, 100_000, 70, 48, 3360), (100_000, 1, 70, 3360, 48),
        (2000, 30, 70, 3264, 48), (30, 2000, 70, 48, 3264), (2000, 30, 7, 336, 48), (3, 1000, 1, 48, 48), (1, 2, 1, 48, 48),
        (48, 48, 1, 48, 48), (47, 49, 1, 48, 48), (333, 777, 13, 96, 240), (4000, 3000, 2, 48, 48), (1280, 720, 3, 96, 48),
        (9, 8, 5, 96, 96), (17, 3, 1120, 3792, 672), (1_000_000, 1_000_001, 70, 384, 384), (3, 2, 1, 48, 48), (1, 3, 2, 48, 96),
    ]

    @Test(arguments: reference)
    func sizeEqualsTheReference(width: Int, height: Int, softTokens: Int, expectedWidth: Int, expectedHeight: Int) throws {
        let plan = try ResizePlan(width: width, height: height, softTokens: softTokens)
        #expect(plan.width == expectedWidth && plan.height == expectedHeight)
        #expect(plan.tokenCount <= softTokens)
        #expect(plan.patchCount == plan.tokenCount * 9)
    }

    /// Every budget from 1 to 300 on awkward shapes: never over budget, always whole soft tokens.
    @Test(arguments: [(640, 480), (1, 100), (2000, 30), (97, 101), (3, 4000)])
    func anyBudgetHolds(width: Int, height: Int) throws {
        for softTokens in 1...300 {
            let plan = try ResizePlan(width: width, height: height, softTokens: softTokens)
            #expect((1...softTokens).contains(plan.tokenCount))
            #expect(plan.width % 48 == 0 && plan.height % 48 == 0)
        }
    }

    @Test func impossibleSizesAreRefusedWithTheirNumbers() {
        // 48 * 17 / 17 in doubles falls just short of 48, and the reference refuses such a picture too.
        #expect { try ResizePlan(width: 17, height: 17, softTokens: 1) } throws: { error in
            guard case VisionError.impossibleSize(17, 17, 1, 48) = error else { return false }
            return "\(error)".contains("17x17") && "\(error)".contains("raise the budget")
        }
        for budget in [0, -1, ResizePlan.maximumSoftTokens + 1, Int.max] {
            #expect { try ResizePlan(width: 640, height: 480, softTokens: budget) } throws: { error in
                if case VisionError.budget(budget) = error { "\(error)".contains("\(budget)") } else { false }
            }
        }
        for (width, height) in [(0, 5), (5, 0), (-3, 7)] {
            #expect { try ResizePlan(width: width, height: height, softTokens: 70) } throws: { error in
                if case VisionError.malformedImage = error { true } else { false }
            }
        }
    }

    @Test func gridsFollowFromOtherPatchAndPoolingSizes() throws {
        let plan = try ResizePlan(width: 400, height: 300, softTokens: 12, patchSize: 8, pooling: 2)
        #expect(plan.width == 64 && plan.height == 48)
        #expect(plan.patchColumns == 8 && plan.patchRows == 6)
        #expect(plan.tokenColumns == 4 && plan.tokenRows == 3)
    }
}
