import StreamCore

/// The settings of a client that is a member of an application's group.
struct KafkaMemberSettings: Sendable, Hashable {
    let group: String
    /// Nil for a member that gives its tasks up when it ends.
    let staticMember: String?
    let sessionTimeout: Duration
    let pollInterval: Duration

    /// The settings for `group`.
    init(_ group: GroupSpecification) {
        self.group = group.application
        staticMember = group.staticMember
        sessionTimeout = group.sessionTimeout
        pollInterval = group.pollInterval
    }

    /// What can be overridden by the user's properties.
    var defaults: [(name: String, value: String)] {
        let session = min(max(sessionTimeout.milliseconds, 10), 3_600_000)
        // librdkafka wants the interval to be no shorter than the session.
        let interval = min(max(pollInterval.milliseconds, session), 86_400_000)
        return [
            ("session.timeout.ms", "\(session)"), ("heartbeat.interval.ms", "\(max(1, min(session / 3, 3_000)))"),
            ("max.poll.interval.ms", "\(interval)"),
        ]
    }

    /// What cannot be overridden.
    var fixed: [(name: String, value: String)] {
        var settings = [
            ("group.id", group), ("partition.assignment.strategy", "cooperative-sticky"),
            ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
            // News of the tasks topic would make librdkafka rejoin in the middle of a rebalance, before the revoked tasks
            // are given up. It asks by itself when it joins.
            ("topic.metadata.refresh.interval.ms", "-1"),
        ]
        if let staticMember { settings.append(("group.instance.id", staticMember)) }
        return settings
    }
}
