import Schemas
import StreamCore
import Testing

@Suite("Registry framing")
struct ConfluentFrameTests {
    @Test("a framed value is a zero, the id with its highest byte first, and the payload")
    func bytes() throws {
        var writer = ByteWriter()
        ConfluentFrame.writePrefix(id: 0x0102_0304, into: &writer)
        writer.append(0x7b)
        let value = Bytes(writer.bytes)
        #expect(value == [0, 1, 2, 3, 4, 0x7b])
        let (id, payload) = try ConfluentFrame.read(value)
        #expect(id == 0x0102_0304)
        #expect(payload == [0x7b])
    }

    @Test("a value without the prefix says what it begins with", arguments: ["", "\0abc", "{\"a\": 1}"])
    func refused(_ text: String) {
        #expect(throws: ConfluentFrameError.self) { try ConfluentFrame.read(Bytes(text)) }
    }
}
