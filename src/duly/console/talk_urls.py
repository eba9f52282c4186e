"""The addresses of conversations with borrowers."""

from django.urls import path

from duly.console import talk_pages as pages

urlpatterns = [
    path("conversations", pages.conversations, name="conversations"),
    path("conversations/<str:reference>", pages.conversation, name="conversation"),
    path("conversations/<str:reference>/say", pages.say, name="say_in_conversation"),
    path("conversations/<str:reference>/hand-over", pages.hand_over_conversation, name="hand_over_conversation"),
    path("conversations/<str:reference>/stream", pages.conversation_stream, name="conversation_stream"),
    path("conversations/<str:reference>/papers/<int:number>", pages.conversation_paper, name="conversation_paper"),
]
