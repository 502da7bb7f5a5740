"""Why an answer is what it is: what each input added, its name in words, and the sentence a marketer wrote."""
