public import EventLog
public import Schemas

/// A registry whose events are a topic of an event log: in the same file as the embedded log, or on Kafka.
///
/// Nothing need be installed and no server need run: every process that opens the log is a registry, and all agree on ids, because
/// these are the fold of one topic. Two that register at once append both; the second decides again.
public typealias EmbeddedSchemaRegistry = JournaledRegistry<LogJournal>

extension JournaledRegistry where Journal == LogJournal {
    /// The registry in `log`; its topic is made when something is registered first.
    ///
    /// - Parameters:
    ///   - log: where the topic is.
    ///   - topic: the topic, of one partition. Not one that Confluent's own registry writes, which has other records.
    public init(log: any EventLog, topic: String = LogJournal.defaultTopic) {
        self.init(journal: LogJournal(log: log, topic: topic))
    }
}
