import StreamCore

/// Filters, sorts and pages tasks as `ListTasks` wants.
struct TaskListing {
    private let request: A2AListTasks
    private let size: Int
    /// The last task of the page before.
    private let last: Place?

    /// Where a task stands in the list.
    private struct Place: Comparable {
        let moment: Int64
        let id: String

        /// Later ones come first.
        static func < (left: Place, right: Place) -> Bool {
            left.moment != right.moment ? left.moment > right.moment : left.id < right.id
        }
    }

    private static let usualSize = 50

    init(_ request: A2AListTasks) throws(A2AFormatError) {
        self.request = request
        size = request.pageSize ?? Self.usualSize
        guard !request.pageToken.isEmpty else {
            last = nil
            return
        }
        let parts = request.pageToken.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let moment = Int64(parts[0]) else {
            throw A2AFormatError("'pageToken' must be one that a page before gave")
        }
        last = Place(moment: moment, id: String(parts[1]))
    }

    func page(of tasks: [A2ATask]) -> A2ATaskPage {
        let matching = tasks.filter(matches).map { (place: Self.place(of: $0), task: $0) }
        let rest = matching.filter { item in last.map { $0 < item.place } ?? true }.sorted { $0.place < $1.place }
        let page = rest.prefix(size)
        let next = rest.count > size ? page.last.map { "\($0.place.moment):\($0.place.id)" } ?? "" : ""
        return A2ATaskPage(
            tasks: page.map { trimmed($0.task) }, nextPageToken: next, pageSize: size, totalSize: matching.count)
    }

    private func matches(_ task: A2ATask) -> Bool {
        if !request.contextID.isEmpty, task.contextID != request.contextID { return false }
        if let status = request.status, task.status.state != status { return false }
        if let after = request.statusTimestampAfter, (task.status.timestamp ?? .unknown) < after { return false }
        return true
    }

    private static func place(of task: A2ATask) -> Place {
        Place(moment: task.status.timestamp?.milliseconds ?? 0, id: task.id)
    }

    private func trimmed(_ task: A2ATask) -> A2ATask {
        var task = task.withHistory(request.historyLength ?? 0)
        if !request.includeArtifacts { task.artifacts = [] }
        return task
    }
}
