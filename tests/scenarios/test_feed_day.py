from tests.scenarios.feed_day import live


async def test_half_a_day_of_feeds_brings_each_entry_once_and_asks_nobody_too_often(tmp_path):
    report = await live(16, tmp_path, tick=60, days=0.5)
    assert report.entries > 50
    assert report.told > 50
    assert report.mean_delay < 3 * 3600
