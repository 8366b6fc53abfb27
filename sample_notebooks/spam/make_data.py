"""Writes data/training.csv: short messages in two classes, made up from phrases. Run it from this folder."""

import csv
import random

OPENINGS = ["Dear {who},", "{who},", "Hello {who} -", "Good morning {who},", "Hi {who}!", ""]
PEOPLE = ["Emma", "Mr. Knightley", "Harriet", "Jane", "Captain Wentworth", "Fanny", "Colonel Brandon", "Anne", "all"]
LETTERS = [
    "the carriage will be at the door by {time}, if the rain lets us",
    "I have read the chapter twice and still cannot agree with its ending",
    "your sister asked whether you would join us for dinner on {day}",
    "the minutes of the {day} meeting are attached, please correct what I got wrong",
    "we walked as far as the village and met nobody worth mentioning",
    "could you bring the accounts of last quarter when you come on {day}",
    "nothing could be kinder than your note, which I answer in haste",
    "the new curate plays the piano tolerably and talks a great deal",
    "I moved our call to {time} on {day}, tell me if that does not suit",
    "they say the house is let again, to a family from the north",
    "please look over the draft before {day}, your remarks on the second part were right",
    "there was dancing until {time}, and my shoes will never be the same",
]
OFFERS = [
    "WIN a free {thing} today, just click the link below",
    "our {thing} is {percent}% off until {day}, no card needed",
    "you have been selected for an exclusive {thing}, claim before {time}",
    "best {thing} I ever tasted, order two jars and get one FREE",
    "limited offer: {percent} percent discount on every {thing}, shipping included",
    "this {thing} melts fat while you sleep, doctors hate it",
    "urgent: your account expires on {day}, verify now and win a {thing}",
    "crunchy, sweet and only $ {price} a box, my dogs love this {thing}",
    "act now, the {thing} sells out at {time}, unsubscribe at any time",
    "earn $ {price}00 a week from home with our {thing}, guaranteed",
]
SHARED = ["see you soon", "many thanks", "more about this on {day}", "do let me know", "all the best", "reply by {time}"]
THINGS = ["coffee sampler", "protein bar", "gift card", "miracle tea", "phone", "cruise", "popcorn maker", "chocolate"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def message(rng: random.Random, phrases: list[str]) -> str:
    """One message: perhaps a greeting, one to three phrases of its class, sometimes a phrase of neither."""
    parts = rng.sample(phrases, rng.randint(1, 3)) + rng.sample(SHARED, rng.randint(0, 2))
    text = " ".join([rng.choice(OPENINGS), ". ".join(parts) + "."]).strip()
    return text.format(
        who=rng.choice(PEOPLE),
        thing=rng.choice(THINGS),
        day=rng.choice(DAYS),
        time=f"{rng.randint(1, 12)} o'clock",
        percent=rng.choice([15, 25, 50, 70, 90]),
        price=rng.randint(3, 49),
    )


def main() -> None:
    """Write 600 messages, the same at every run."""
    rng = random.Random(1813)
    with open("data/training.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["label", "text"])
        for _ in range(600):
            label, own, other = rng.choice([("legitimate", LETTERS, OFFERS), ("spam", OFFERS, LETTERS)])
            # one message in twenty quotes the other side
            phrases = own + rng.sample(other, 4) if rng.random() < 0.05 else own
            out.writerow([label, message(rng, phrases)])


if __name__ == "__main__":
    main()
