"""Many requests at the same moment."""
import threading


def at_once(calls):
    """Runs every call in a thread of its own, all released by one barrier; returns the results in order, or raises the first error."""
    barrier = threading.Barrier(len(calls))
    results = [None] * len(calls)
    errors = []

    def work(index, call):
        try:
            barrier.wait(30)
            results[index] = call()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a request of the race was not answered within a minute"
    if errors:
        raise errors[0]
    return results
