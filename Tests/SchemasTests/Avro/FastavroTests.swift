import JSON
import Schemas
import StreamCore
import TestPrograms
import Testing

@Suite("Avro beside fastavro")
struct FastavroTests {
    private static let isThere = PythonPeer.has("fastavro")

    @Test(
        "by chance made writers and readers: the same value, or a refusal by both", .enabled(if: isThere),
        .timeLimit(.minutes(15)))
    func resolution() async throws {
        let seed: UInt64 = 20_261_121
        var pairs = AvroSchemaPairs(seed: seed)
        var questions: [String] = []
        var ours: [Result<AvroValue, AvroError>] = []
        for _ in 0..<2_000 {
            let (writer, reader, value) = pairs.pair()
            let written = try AvroSchema(parsing: writer.text)
            let codec = try AvroCodec(written, readAs: AvroSchema(parsing: reader.text))
            let bytes = try codec.encode(value)
            #expect(try AvroCodec(written).decode(bytes) == value, "seed \(seed): \(writer.text)")
            let question: JSONValue = ["writer": writer, "reader": reader, "hex": .string(bytes.hex)]
            questions.append(question.text)
            ours.append(Result { () throws(AvroError) in try codec.decode(bytes) })
        }
        let folder = try TemporaryFolder()
        let text = try await PythonPeer("Tests/SchemasTests/Peers/avro_oracle.py").answer(
            input: questions.joined(separator: "\n"), in: folder.path)
        let answers = text.split(separator: "\n")
        #expect(answers.count == questions.count)
        var (same, refused, differing) = (0, 0, 0)
        for (index, line) in answers.enumerated() {
            let theirs = try JSONValue(parsing: String(line))
            switch (ours[index], theirs["value"]) {
            case (.success(let value), let theirs?) where Self.isSame(value, theirs): same += 1
            case (.failure, nil): refused += 1
            default:
                differing += 1
                if differing < 12 {
                    print("differs, seed \(seed): \(questions[index])\n  ours \(ours[index])\n  theirs \(line)")
                }
            }
        }
        print("fastavro: \(same) the same, \(refused) refused by both, \(differing) different")
        #expect(differing == 0)
        #expect(same > 500)
        #expect(refused > 100)
    }

    private static func isSame(_ ours: AvroValue, _ theirs: JSONValue) -> Bool {
        switch ours {
        case .null: return theirs == .null
        case .boolean(let flag): return theirs == .bool(flag)
        case .int(let number): return theirs.integerValue == Int64(number) || isSame(.double(Double(number)), theirs)
        case .long(let number): return theirs.integerValue == number || isSame(.double(Double(number)), theirs)
        // fastavro leaves a long that is read as a float as it is.
        case .float(let number):
            if let text = theirs["double"]?.stringValue { return Double(text).map { Float($0) } == number }
            return theirs.integerValue.map { Float($0) == number } ?? false
        case .double(let number):
            if let text = theirs["double"]?.stringValue { return Double(text) == number }
            return theirs.integerValue.map { Double($0) == number } ?? false
        case .bytes(let bytes), .fixed(let bytes): return theirs["bytes"] == .string(bytes.hex)
        case .string(let text), .symbol(let text): return theirs == .string(text)
        case .array(let values):
            guard let elements = theirs.elements, elements.count == values.count else { return false }
            return zip(values, elements).allSatisfy { isSame($0, $1) }
        case .map(let values), .record(let values):
            guard let members = theirs["map"]?.members, members.count == values.count else { return false }
            return members.allSatisfy { member in values[member.name].map { isSame($0, member.value) } ?? false }
        case .branch(_, let value): return isSame(value, theirs)
        }
    }
}
