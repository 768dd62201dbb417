"""Tests of the tab for one photograph, in a browser."""


def test_a_visitor_uploads_a_photograph(visit, photograph):
    page = visit()
    page.set_input_files("#photograph input[type=file]", str(photograph))
    page.wait_for_function(
        "document.querySelector('emotion-stage').shadowRoot.querySelector('#sentence').innerText"
    )
    assert "happy" in page.inner_text("#sentence")
