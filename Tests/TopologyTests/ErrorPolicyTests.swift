import Testing
import Topology

@Suite("ErrorPolicy")
struct ErrorPolicyTests {
    @Test func `a step goes before its stage, a stage before the standard`() {
        let policy = ErrorPolicy(standard: .stop, stages: [.decode: .skip], steps: ["s": .deadLetter])
        #expect(policy.reaction(at: .decode, step: "s") == .deadLetter)
        #expect(policy.reaction(at: .decode, step: "t") == .skip)
        #expect(policy.reaction(at: .process, step: "t") == .stop)
    }

    @Test func `by default failures become dead letters and late records are dropped`() {
        #expect(ErrorPolicy().reaction(at: .process, step: "s") == .deadLetter)
        #expect(ErrorPolicy().reaction(at: .late, step: "s") == .skip)
        #expect(ErrorPolicy.failFast.reaction(at: .late, step: "s") == .skip)
        #expect(ErrorPolicy.failFast.reaction(at: .decode, step: "s") == .stop)
    }
}
