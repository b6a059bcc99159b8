import StreamCore
import Testing

@testable import Topology

@Suite("PositionMetadata")
struct PositionMetadataTests {
    @Test func `what is written is read back`() {
        let metadata = PositionMetadata(
            streamTime: Timestamp(milliseconds: 17), steps: ["a=b": Timestamp(milliseconds: 3), "c": .unknown])
        #expect(metadata.text == "1;17;a=b=3;c=-1")
        #expect(PositionMetadata(metadata.text) == metadata)
    }

    @Test(arguments: ["", "1", "2;17", "x", "1;", "1;x;a=1", ";;;", "{\"a\":1}"])
    func `foreign text is ignored`(text: String) {
        #expect(PositionMetadata(text) == PositionMetadata())
    }

    @Test func `text beyond Kafka's 4,096 bytes keeps the stream time only`() {
        var metadata = PositionMetadata(streamTime: Timestamp(milliseconds: 9))
        for step in 0..<1_000 { metadata.steps["step-\(step)"] = .unknown }
        #expect(metadata.text == "1;9")
    }

    @Test func `merging takes the later time of each`() {
        var metadata = PositionMetadata("1;5;a=1;b=9")
        metadata.merge(PositionMetadata("1;4;a=2;c=0"))
        #expect(metadata.text == "1;5;a=2;b=9;c=0")
    }
}
