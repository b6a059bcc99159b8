import HTTPServer
import JSON
import Schemas
import StreamCore

/// One request to a registry.
struct RegistryRoutes {
    let registry: any SchemaRegistryAdministration
    let request: HTTPRequest
    let path: String

    private func flag(_ name: String) -> Bool { request.parameter(name)?.lowercased() == "true" }

    private func ok(_ json: JSONValue) -> HTTPResponse { RegistryHandler.response(200, json) }

    /// The answer; nil when there is nothing at the path.
    func answer() throws(SchemaRegistryError) -> HTTPResponse? {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case nil: return request.method == "GET" ? ok(.object([])) : nil
        case "subjects": return try subjects(Array(parts.dropFirst()))
        case "schemas": return request.method == "GET" ? try schemas(Array(parts.dropFirst())) : nil
        case "config": return try config(Array(parts.dropFirst()))
        case "mode": return try mode(Array(parts.dropFirst()))
        case "compatibility": return request.method == "POST" ? try compatibility(Array(parts.dropFirst())) : nil
        case "contexts" where parts.count == 1 && request.method == "GET": return ok(["."])
        default: return nil
        }
    }

    // MARK: Bodies and parameters

    private func body() throws(SchemaRegistryError) -> JSONValue {
        do {
            return try JSONValue(parsing: request.body)
        } catch {
            throw SchemaRegistryError(.invalidSchema, "the body is not JSON: \(error)")
        }
    }

    private func definition() throws(SchemaRegistryError) -> SchemaDefinition {
        guard let schema = SchemaDefinition(try body()) else {
            throw SchemaRegistryError(
                .invalidSchema,
                "the body must have 'schema', text, and may have 'schemaType' (AVRO, JSON) and 'references'")
        }
        return schema
    }

    /// The version that a path names; nil for the latest.
    private func version(_ text: String) throws(SchemaRegistryError) -> Int? {
        if text == "latest" || text == "-1" { return nil }
        guard let number = Int32(text), number > 0 else {
            throw SchemaRegistryError(
                .invalidVersion,
                "The specified version '\(text.prefix(40))' is not a valid version id. Allowed values are between "
                    + "[1, 2^31-1] and the string \"latest\"")
        }
        return Int(number)
    }

    private func json(_ place: RegisteredSchema) -> JSONValue {
        .object(
            [
                JSONMember("subject", .string(place.subject)), JSONMember("version", .integer(Int64(place.version))),
                JSONMember("id", .integer(Int64(place.id))),
            ] + place.definition.members)
    }

    private func numbers(_ values: [some BinaryInteger]) -> JSONValue { .array(values.map { .integer(Int64($0)) }) }

    // MARK: Subjects

    /// Subjects may have slashes in their names, which a path has decoded: what follows them is looked for from the end.
    private func subjects(_ parts: [String]) throws(SchemaRegistryError) -> HTTPResponse? {
        guard !parts.isEmpty else {
            guard request.method == "GET" else { return nil }
            let start = request.parameter("subjectPrefix") ?? ""
            let names = try registry.subjects(includingDeleted: flag("deleted")).filter { $0.hasPrefix(start) }
            return ok(.array(names.map { .string($0) }))
        }
        let last = parts.count - 1
        if parts.count >= 2, parts[last] == "versions" {
            return try versions(parts[..<last].joined(separator: "/"))
        }
        if parts.count >= 3, parts[last - 1] == "versions" {
            return try version(parts[last], of: parts[..<(last - 1)].joined(separator: "/"))
        }
        if parts.count >= 4, parts[last - 2] == "versions", ["schema", "referencedby"].contains(parts[last]) {
            guard request.method == "GET" else { return nil }
            let subject = parts[..<(last - 2)].joined(separator: "/")
            let number = try version(parts[last - 1])
            if parts[last] == "referencedby" { return ok(numbers(try registry.referrers(to: number, of: subject))) }
            return .text(try registry.version(number, of: subject).definition.text, type: RegistryHandler.contentType)
        }
        let subject = parts.joined(separator: "/")
        switch request.method {
        case "POST": return ok(json(try registry.find(try definition(), subject: subject)))
        case "DELETE": return ok(numbers(try registry.deleteSubject(subject, permanently: flag("permanent"))))
        default: return nil
        }
    }

    private func versions(_ subject: String) throws(SchemaRegistryError) -> HTTPResponse? {
        switch request.method {
        case "GET": return ok(numbers(try registry.versions(of: subject, includingDeleted: flag("deleted"))))
        case "POST":
            let place = try registry.register(try definition(), subject: subject)
            return ok(["id": .integer(Int64(place.id)), "version": .integer(Int64(place.version))])
        default: return nil
        }
    }

    private func version(_ text: String, of subject: String) throws(SchemaRegistryError) -> HTTPResponse? {
        let number = try version(text)
        switch request.method {
        case "GET": return ok(json(try registry.version(number, of: subject)))
        case "DELETE":
            let deleted = try registry.deleteVersion(number, of: subject, permanently: flag("permanent"))
            return ok(.integer(Int64(deleted)))
        default: return nil
        }
    }

    // MARK: Schemas

    private func schemas(_ parts: [String]) throws(SchemaRegistryError) -> HTTPResponse? {
        if parts.isEmpty { return ok(.array(try all())) }
        if parts == ["types"] { return ok(["JSON", "AVRO"]) }
        guard parts.count >= 2, parts[0] == "ids" else { return nil }
        guard let id = Int32(parts[1]) else {
            throw SchemaRegistryError(.schemaNotFound, "Schema \(parts[1].prefix(40)) not found")
        }
        switch parts.dropFirst(2).joined(separator: "/") {
        case "": return ok(.object(try registry.schema(id: id).members))
        case "schema": return .text(try registry.schema(id: id).text, type: RegistryHandler.contentType)
        case "subjects":
            let names = try registry.places(ofID: id).map(\.subject)
            return ok(.array(Set(names).sorted().map { .string($0) }))
        case "versions":
            return ok(
                .array(
                    try registry.places(ofID: id).map {
                        ["subject": .string($0.subject), "version": .integer(Int64($0.version))]
                    }))
        default: return nil
        }
    }

    private func all() throws(SchemaRegistryError) -> [JSONValue] {
        let start = request.parameter("subjectPrefix") ?? ""
        var found: [JSONValue] = []
        for subject in try registry.subjects(includingDeleted: false) where subject.hasPrefix(start) {
            let versions = try registry.versions(of: subject, includingDeleted: false)
            for version in flag("latestOnly") ? versions.suffix(1) : versions[...] {
                found.append(json(try registry.version(version, of: subject)))
            }
        }
        return found
    }

    // MARK: Settings

    private func config(_ parts: [String]) throws(SchemaRegistryError) -> HTTPResponse? {
        let subject = parts.isEmpty ? nil : parts.joined(separator: "/")
        switch request.method {
        case "GET":
            let level = try registry.level(of: subject, orDefault: flag("defaultToGlobal"))
            return ok(["compatibilityLevel": .string(level.rawValue)])
        case "PUT":
            let text = try body()["compatibility"]?.stringValue
            guard let level = text.flatMap({ CompatibilityLevel(rawValue: $0.uppercased()) }) else {
                let known = CompatibilityLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw SchemaRegistryError(.invalidLevel, "Invalid compatibility level. Valid values are \(known)")
            }
            try registry.setLevel(level, of: subject)
            return ok(["compatibility": .string(level.rawValue)])
        case "DELETE":
            let level = try registry.level(of: subject, orDefault: false)
            try registry.setLevel(nil, of: subject)
            return ok(["compatibilityLevel": .string(level.rawValue)])
        default: return nil
        }
    }

    private func mode(_ parts: [String]) throws(SchemaRegistryError) -> HTTPResponse? {
        let subject = parts.isEmpty ? nil : parts.joined(separator: "/")
        switch request.method {
        case "GET":
            let mode = try registry.mode(of: subject, orDefault: flag("defaultToGlobal"))
            return ok(["mode": .string(mode.rawValue)])
        case "PUT":
            guard let mode = try body()["mode"]?.stringValue.flatMap({ RegistryMode(rawValue: $0.uppercased()) }) else {
                throw SchemaRegistryError(.invalidMode, "Invalid mode. Valid values are READWRITE, READONLY")
            }
            try registry.setMode(mode, of: subject)
            return ok(["mode": .string(mode.rawValue)])
        case "DELETE":
            let mode = try registry.mode(of: subject, orDefault: false)
            try registry.setMode(nil, of: subject)
            return ok(["mode": .string(mode.rawValue)])
        default: return nil
        }
    }

    // MARK: Compatibility

    private func compatibility(_ parts: [String]) throws(SchemaRegistryError) -> HTTPResponse? {
        guard parts.count >= 3, parts[0] == "subjects" else { return nil }
        let last = parts.count - 1
        let problems: [SchemaIncompatibility]
        if parts[last] == "versions" {
            problems = try registry.check(
                try definition(), subject: parts[1..<last].joined(separator: "/"), against: nil)
        } else if parts.count >= 4, parts[last - 1] == "versions" {
            let subject = parts[1..<(last - 1)].joined(separator: "/")
            let number = try version(parts[last])
            let place = try registry.version(number, of: subject)
            problems = try registry.check(try definition(), subject: subject, against: place.version)
        } else {
            return nil
        }
        var members = [JSONMember("is_compatible", .bool(problems.isEmpty))]
        if flag("verbose") { members.append(JSONMember("messages", .array(problems.map { .string($0.description) }))) }
        return ok(.object(members))
    }
}
