import Interleaver
import Media
import Testing

@Suite struct ReplayBalanceTests {
    @Test func whateverThePiecesTheRecordingsStayAbreast() {
        var balance = ReplayBalance(hasSound: true, hasPictures: true)
        var (sound, pictures) = (0.0, 0.0)
        var worst = 0.0
        for _ in 0..<1_000 {
            #expect(balance.wantsSound || balance.wantsPictures)
            if balance.wantsSound {
                sound += 1
                balance.soundReached(MediaTime(seconds: sound))
            }
            if balance.wantsPictures {
                pictures += 0.5
                balance.picturesReached(MediaTime(seconds: pictures))
            }
            worst = max(worst, abs(sound - pictures))
        }
        #expect(worst <= 1)
        #expect(balance.reached == MediaTime(seconds: min(sound, pictures)))
    }

    @Test func theOtherGoesOnAloneWhenOneIsOver() {
        var balance = ReplayBalance(hasSound: true, hasPictures: true)
        balance.soundReached(MediaTime(seconds: 9))
        #expect(!balance.wantsSound)
        balance.endPictures()
        #expect(balance.wantsSound && !balance.isOver)
        balance.endSound()
        #expect(balance.isOver && !balance.wantsSound && !balance.wantsPictures)
        #expect(balance.reached == MediaTime(seconds: 9))
    }

    @Test func oneModalityAloneIsReadFreely() {
        var balance = ReplayBalance(hasSound: false, hasPictures: true)
        #expect(balance.wantsPictures && !balance.wantsSound)
        balance.picturesReached(MediaTime(seconds: 3))
        #expect(balance.wantsPictures)
        #expect(balance.reached == MediaTime(seconds: 3))
    }
}
