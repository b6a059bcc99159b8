/// Whether a reader's schema reads everything that a writer's schema writes, by Avro's rules of resolution.
struct AvroCompatibility {
    private struct Pair: Hashable {
        let reader: Int
        let writer: Int
    }

    private let reader: AvroTypes
    private let writer: AvroTypes
    private var known: [Pair: [SchemaIncompatibility]] = [:]

    static func problems(reader: AvroSchema, writer: AvroSchema) -> [SchemaIncompatibility] {
        var check = AvroCompatibility(reader: reader.types, writer: writer.types)
        return check.problems(reader.root, writer.root, at: "")
    }

    private init(reader: AvroTypes, writer: AvroTypes) {
        (self.reader, self.writer) = (reader, writer)
    }

    private mutating func problems(_ to: Int, _ from: Int, at path: String) -> [SchemaIncompatibility] {
        let pair = Pair(reader: to, writer: from)
        if let found = known[pair] { return found }
        // A type that contains itself goes with itself if the rest does.
        known[pair] = []
        let found = compare(to, from, at: path)
        known[pair] = found
        return found
    }

    private mutating func compare(_ to: Int, _ from: Int, at path: String) -> [SchemaIncompatibility] {
        let (wanted, written) = (reader[to], writer[from])
        if case .union(let branches) = written {
            var found: [SchemaIncompatibility] = []
            for (position, branch) in branches.enumerated() {
                let problems = problems(to, branch, at: path)
                guard !problems.isEmpty else { continue }
                if case .union = wanted {
                    found += problems
                } else {
                    let name = writer[branch].branchName
                    found.append(
                        SchemaIncompatibility(
                            "TYPE_MISMATCH", path,
                            "branch \(position) of the writer's union, \(name), is not read by \(wanted.branchName)"))
                }
            }
            return found
        }
        if case .union(let branches) = wanted {
            for branch in branches where problems(branch, from, at: path).isEmpty { return [] }
            let names = branches.map { reader[$0].branchName }.joined(separator: ", ")
            return [
                SchemaIncompatibility(
                    "MISSING_UNION_BRANCH", path,
                    "the reader's union (\(names)) has no branch for \(written.branchName)")
            ]
        }
        return compareKinds(to, from, at: path)
    }

    private mutating func compareKinds(_ to: Int, _ from: Int, at path: String) -> [SchemaIncompatibility] {
        let (wanted, written) = (reader[to], writer[from])
        if let wantedName = wanted.name, let writtenName = written.name, wanted.kind == written.kind,
            !wantedName.reads(writtenName)
        {
            return [
                SchemaIncompatibility(
                    "NAME_MISMATCH", path + "/name",
                    "expected '\(writtenName.full)', found '\(wantedName.full)': keep the name or add an alias")
            ]
        }
        switch (wanted, written) {
        case (.record(let name, let fields), .record(_, let writtenFields)):
            return compareFields(name, fields, writtenFields, at: path)
        case (.enumeration(_, let symbols, let fallback), .enumeration(let name, let writtenSymbols, _)):
            let unknown = writtenSymbols.filter { !symbols.contains($0) }
            guard !unknown.isEmpty, fallback == nil else { return [] }
            return [
                SchemaIncompatibility(
                    "MISSING_ENUM_SYMBOLS", path + "/symbols",
                    "the reader's enum '\(name.full)' lacks \(unknown.joined(separator: ", ")) and has no default")
            ]
        case (.fixed(let name, let size), .fixed(_, let writtenSize)):
            guard size != writtenSize else { return [] }
            return [
                SchemaIncompatibility(
                    "FIXED_SIZE_MISMATCH", path + "/size", "'\(name.full)' had \(writtenSize) bytes and has \(size)")
            ]
        case (.array(let item), .array(let writtenItem)): return problems(item, writtenItem, at: path + "/items")
        case (.map(let item), .map(let writtenItem)): return problems(item, writtenItem, at: path + "/values")
        case (.primitive(let kind), .primitive(let writtenKind))
        where kind == writtenKind || AvroResolution.promotes(writtenKind, kind):
            return []
        default:
            return [
                SchemaIncompatibility(
                    "TYPE_MISMATCH", path, "the reader's \(wanted.branchName) does not read \(written.branchName)")
            ]
        }
    }

    private mutating func compareFields(
        _ name: AvroName, _ fields: [AvroField], _ writtenFields: [AvroField], at path: String
    ) -> [SchemaIncompatibility] {
        let (places, missing) = AvroResolution.match(writtenFields, fields)
        var found: [SchemaIncompatibility] = []
        for (source, place) in places.enumerated() {
            guard let place else { continue }
            found += problems(fields[place].type, writtenFields[source].type, at: "\(path)/fields/\(place)/type")
        }
        for place in missing where fields[place].defaultValue == nil {
            found.append(
                SchemaIncompatibility(
                    "READER_FIELD_MISSING_DEFAULT_VALUE", "\(path)/fields/\(place)",
                    "field '\(fields[place].name)' of '\(name.full)' was not written and has no default: give it one"))
        }
        return found
    }
}
