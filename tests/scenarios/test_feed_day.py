from tests.scenarios.feed_day import simulate


async def test_half_a_day_of_feeds_stores_each_entry_once_and_polls_no_host_too_often(tmp_path):
    report = await simulate(16, tmp_path, tick=60, days=0.5)
    assert report.entries > 50
    assert report.announced > 50
    assert report.mean_delay < 3 * 3600
