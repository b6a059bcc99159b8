import Foundation

/// Where the files are that tests read.
enum Workplace {
    /// The root of the repository.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The labelled sentences beside the repository; they are no part of it.
    static let labelledReviews = root.deletingLastPathComponent().appendingPathComponent("shared/data/reviews")

    /// Whether the labelled sentences are there.
    static var hasLabelledReviews: Bool { FileManager.default.fileExists(atPath: labelledReviews.path) }

    /// Calls `body` with the path of a folder of its own, removed after.
    static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sentiment-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
