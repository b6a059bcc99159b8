import Foundation

/// What an application leaves beside its state, so that tools know its shape and formats without it.
///
/// Kept as `<data directory>/applications/<application>.json`.
public struct ApplicationManifest: Sendable, Hashable, Codable {
    /// The version of this format that is written now.
    public static let currentFormat = 1

    /// The version of this format.
    public var format: Int
    /// The topology, as it last ran.
    public var plan: PlanDescription
    /// How many partitions each of its source topics had.
    public var sourcePartitions: [String: Int32]

    /// The manifest of `plan`.
    public init(plan: PlanDescription, sourcePartitions: [String: Int32]) {
        format = Self.currentFormat
        self.plan = plan
        self.sourcePartitions = sourcePartitions
    }

    /// Reads the manifest of `application`; nil when there is none.
    ///
    /// - Throws: ``TopologyError`` with code `incompatiblePlan` when it cannot be read or is of another version.
    public static func read(_ application: String, in directory: String) throws(TopologyError) -> ApplicationManifest? {
        let path = path(of: application, in: directory)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        struct Version: Decodable { let format: Int }
        do {
            let version = try JSONDecoder().decode(Version.self, from: data)
            guard version.format == currentFormat else {
                throw TopologyError(
                    .incompatiblePlan,
                    "'\(path)' has format \(version.format), this version reads format \(currentFormat): use the version that wrote it"
                )
            }
            return try JSONDecoder().decode(ApplicationManifest.self, from: data)
        } catch let error as TopologyError {
            throw error
        } catch {
            throw TopologyError(
                .incompatiblePlan, "'\(path)' is damaged (\(error)): remove it, it is written anew at the next start")
        }
    }

    /// Writes the manifest, replacing an earlier one in one step.
    ///
    /// - Throws: what Foundation throws when the folder cannot be written.
    public func write(in directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let path = Self.path(of: plan.application, in: directory)
        try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// The applications that have a manifest in `directory`, by name.
    public static func applications(in directory: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    private static func path(of application: String, in directory: String) -> String {
        "\(directory)/\(application).json"
    }
}
