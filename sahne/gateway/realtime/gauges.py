"""Who is connected to realtime, for `/metrics`, read off at the moment of asking."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sahne.gateway.realtime.door import Realtime


class RealtimeGauges(Collector):
    """Sockets, and what they are in, of this process."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        topics = self._realtime.hub.topics()
        channels = sum(len(topic.members) for topic in topics)
        yield GaugeMetricFamily("sahne_realtime_streaming", "Whether changes arrive", self._realtime.feed.streaming)
        yield GaugeMetricFamily("sahne_realtime_sockets", "Sockets that are open", self._realtime.sockets.count)
        yield GaugeMetricFamily("sahne_realtime_channels", "Channels that are joined, of all sockets", channels)
        yield GaugeMetricFamily("sahne_realtime_topics", "Topics that somebody is in", len(topics))
