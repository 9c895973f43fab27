"""An independent Stripe (localstripe) on loopback, with the little that it lacks.

Prints its port and serves until its input ends. What is added, each as Stripe does it: amount_received of an intent,
the intent in a card's refusal, lists with created[] and the newest first, the event charge.refunded.
"""

import asyncio
import sys

from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError
from localstripe.webhooks import schedule_webhook

# Nothing is kept: it would be a file in /tmp that others can read.
resources.Store.dump_to_disk = lambda self: None

Intent = resources.PaymentIntent
Intent.amount_received = property(lambda self: self.amount if self.status == "succeeded" else 0)


def listed(cls, url, created=None, limit=None, starting_after=None, **others):
    page = super(Intent, cls)._api_list_all(url, limit=limit, starting_after=starting_after, **others)
    first, last = (int((created or {}).get(name, bound)) for name, bound in (("gte", 0), ("lte", 1 << 62)))
    page._list = [intent for intent in reversed(page._list) if first <= intent.created <= last]
    return page


Intent._api_list_all = classmethod(listed)

report_failure = Intent._report_failure


def report_failure_with_intent(self):
    try:
        report_failure(self)
    except UserError as error:
        error.body["error"]["payment_intent"] = self._export()
        raise


Intent._report_failure = report_failure_with_intent

refund = resources.Refund.__init__


def refund_and_tell(self, *arguments, **named):
    refund(self, *arguments, **named)
    schedule_webhook(resources.Event("charge.refunded", resources.Charge._api_retrieve(self.charge)))


resources.Refund.__init__ = refund_and_tell


async def main():
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(main())
