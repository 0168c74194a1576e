"""What a scenario can say: one function a sentence, on the scenario's story.

Gherkin steps and chaostoolkit activities call these same functions, so both mean the same. Arguments are plain JSON;
a sentence that claims something answers with what was found.
"""
